"""A published document read, understood and checked (核对已公开的文档)."""
