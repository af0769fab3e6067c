"""Where sigma-cli looks for validators: `sigma check` (no `__init__` above this folder: `sigma` is a namespace)."""

from correlator.sigma_plugin.validators import validators

__all__ = ["validators"]
