"""What is made of an archive that was looked at: projects, and what was known and said in them."""
