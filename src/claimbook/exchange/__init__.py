"""Other formats in and out: citations and extracted data from files, look-ups on the web, exports.

What comes from outside is data. Nothing in a file or an answer is executed, followed or used as a path, and
a mistake in it is a ``Problem`` with its line, never an exception.
"""
