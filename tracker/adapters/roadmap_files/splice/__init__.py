"""Edit the text of a roadmap; every byte that no edit asks to change stays.

Pure: no disk. The text is never dumped anew. It is composed to nodes (`nodes`), the edits of a batch
are folded (`intended`), and they become patches: `sections` puts skills in and takes them out, `splicer`
changes one of them, `mappings` its keys and lists, `values` a scalar, `render` writes what is new.
The patched text is parsed again and compared with what the edits intend (`intended`); on any
mismatch there is no result but a `SpliceError` (`splicer`).

    block, flow   the two ways to write YAML: on lines with indentation, or in brackets
    span          start and end of a part of the text
    patch         a span and the text that replaces it
    slot          a node where it is used: its span, and whether that only holds an alias of it
    entry         an element of a list, with the place of its dash
    site          where a value is: its pair of key and value, and how the pairs around it are written
    style         the author's habits: quotes, indentation, block or flow
    layout        the shape of one list: column of the dashes, blank lines between entries
"""

from __future__ import annotations

from tracker.adapters.roadmap_files.splice.splicer import Spliced, set_setting, splice
from tracker.adapters.roadmap_files.splice.text import SpliceError

__all__ = ["SpliceError", "Spliced", "set_setting", "splice"]
