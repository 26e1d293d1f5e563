"""The command line: one file per verb, a contract that other people's scripts call (design.md §5).

JSON goes to standard output, messages to standard error. Exit 0 done; 1 done, with findings of severity error or a
failed verification; 2 input that could not be used. Never a traceback.
"""
