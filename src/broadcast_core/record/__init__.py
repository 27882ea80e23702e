"""The record: one LLM request and its outcome, and all that is known of its fields.

generation.py    the record itself                  field_checks.py    kinds of fields, and their checks
codec/           our own JSON of it                 json_schema.py     the JSON Schema of that
leaves.py        its fields one by one              validation.py      a record that no constructor made
conversions.py   foreign values as ours             known_words.py     words that are no content
parameters.py    keys that tune a model             opt_in_groups.py   the gateway's opt-in metadata
joining.py       one generation of several sources  content_value.py  content with its JSON text
messages/        content as conversation: chat messages of any API, their text, a preview
"""
