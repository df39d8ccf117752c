"""Where files lie: in a folder, or in storage that speaks S3."""
