"""Who qualifies, asked of real files: the register, what was declared and what sources answered, made into facts of the policy."""
