# Needs Python 3.11+ and nothing else. Windows: `py -m tools.make demo` and so on.
PYTHON ?= python3

.PHONY: demo test check install help

help:
	@echo "make demo   train and question a model on a fictitious company's documents"
	@echo "make test   run the whole suite"
	@echo "make check  style and types"

demo test check install:
	@$(PYTHON) -m tools.make $@ $(ARGS)
