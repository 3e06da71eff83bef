"""tunecheck: is my fine-tuned language model good enough to ship?"""

__version__ = "0.1.0"
