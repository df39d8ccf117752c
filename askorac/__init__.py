"""AskOrac: a chatbot that answers a company's visitors from the company's own documents."""
