"""The driver: selects cases, runs executors on targets, feeds the judge, hands the verdicts to the reports."""

__version__ = "0.1.0"
