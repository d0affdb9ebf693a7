"""What may see people. Nothing in `pipeline.public` may import it, and it may not import anything of `pipeline.public`."""
