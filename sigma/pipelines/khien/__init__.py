"""Where sigma-cli looks for pipelines: `sigma convert -p khien` (no `__init__` above this folder: `sigma` is a namespace)."""

from correlator.sigma_plugin.pipeline import khien

__all__ = ["khien"]
