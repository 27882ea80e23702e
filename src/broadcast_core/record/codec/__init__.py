"""Our own JSON to and from `Generation`: one table of fields, from which it is read, written and described.

documents.py   documents and lines, and what no field knows     forms.py        how each kind stands in JSON
tables.py      the fields of each class of the record           explaining.py   every mistake, with its path
reading.py     documents to records, fast                       writing.py      records to documents
"""

from broadcast_core.record.codec.documents import CONTENT, decode, decode_line, encode, encode_line

__all__ = ["CONTENT", "decode", "decode_line", "encode", "encode_line"]
