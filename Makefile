# Every path here is relative to the folder of this file, so that a space in its name is no matter.

PYTHON = $(shell for name in python3.11 python3.13 python3.12 python3; do \
	"$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && echo "$$name" && break; done)

INSTALL = @python="$(PYTHON)"; if [ -z "$$python" ]; then \
	echo "AskOrac needs Python 3.11, 3.12 or 3.13 on the PATH, and finds none." >&2; exit 1; fi; \
	"$$python" -m askorac.local.install

.PHONY: help run doctor test lint bench eval
.DEFAULT_GOAL := help

help:
	@echo "make run     start AskOrac with everything it needs; Ctrl-C stops it"
	@echo "make doctor  look whether everything works that runs, and say what to do if not"
	@echo "make test    check the code and run every test, the browser tests included"
	@echo "make lint    check the code only: style, types, imports, the widget's types"
	@echo "make eval    score retrieval on question sets beside the checkout; takes about ten minutes"
	@echo "make bench   measure the product against its bars; takes about ten minutes"

run:
	$(INSTALL) requirements.txt
	@exec .venv/bin/python -m askorac.local.run

doctor:
	$(INSTALL) requirements.txt
	@exec .venv/bin/python manage.py doctor

test:
	$(INSTALL) requirements-dev.txt
	@exec .venv/bin/python -m askorac.testing.check

lint:
	$(INSTALL) requirements-dev.txt
	@exec .venv/bin/python -m askorac.testing.check --only-lint

bench:
	$(INSTALL) requirements-dev.txt
	@exec .venv/bin/python -m bench $(SUBJECTS)

eval:
	$(INSTALL) requirements-dev.txt
	@exec .venv/bin/python -m bench.evaluation $(SETS)
