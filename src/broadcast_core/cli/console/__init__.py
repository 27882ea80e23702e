"""What a person sees: messages, trees and progress. It reads no files.

Files:
    terminal.py           stdout and stderr as consoles, texts that are safe to print
    report.py             the messages and counts of a run
    outcome_messages.py   messages about problems, diagnostics and routes
    delivery_messages.py  what was not delivered, and the counts of each route
    tree.py               a trace as a tree
    formatting.py         money, counts and times as text
    progress.py           the progress bar
"""
