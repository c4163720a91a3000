"""The same pages under jupyter-book 2, and whether all of them came through: the way out of version 1.

``python -m claimbook.book.second DIR`` writes the tree, runs ``jupyter book build --site --strict`` over it
and compares what comes out with the pages. Version 2 reads a page as it is but for what it lacks, which has
a twin: raw HTML is a directive of a plugin (``html.mjs``), a drawing is a file, a caption and the lines of a
record are blocks, anchors are unique in the project, links lead to sources. It needs node, and no network.
"""
