"""What any reader sees. Nothing here may import `pipeline.confidential`; true counts do not exist here."""
