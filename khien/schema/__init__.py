"""The one list of event fields, and what is generated from it."""

from khien.schema.field import Field, FieldType, Schema, load_schema
from khien.schema.validation import Problem, validate

__all__ = ["Field", "FieldType", "Problem", "Schema", "load_schema", "validate"]
