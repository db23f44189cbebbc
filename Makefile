# Every command makes what it needs: a machine with Python 3.11, make and git is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
# Two more than cores: tests wait for servers, time-outs and disks now and then.
WORKERS ?= 4
EXAMPLES ?= 100
GUARDED := service/domain/*,service/pipeline/*
COMPILE := $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header --no-annotate

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
# All targets that say what they do; none of them is a file.
.PHONY: $(shell awk -F: '/^[a-z-]+:.*## / {print $$1}' $(firstword $(MAKEFILE_LIST)))

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(RUNTIME) ## a month at a simulated provider, on this machine alone (ARGS="--help")
	$(BIN)/spendguard demo $(ARGS)

test: $(DEVELOPMENT) ## the whole suite; the unit tests with branch coverage (ARGS="-k audit")
	$(BIN)/python -m pytest -rs -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report= $(ARGS)

test-long: $(DEVELOPMENT) ## the tests that take minutes, such as a quarter hour by hour
	$(BIN)/python -m pytest -rs -n $(WORKERS) -m long $(ARGS)

mutants: $(DEVELOPMENT) ## break each promise on purpose, and see that its test notices (ARGS="F14")
	$(BIN)/python -m tests.mutants $(ARGS)

check: check-static test coverage-gate ## all that has to hold before a change goes in

check-static: $(DEVELOPMENT) ## format, lint, types, import contracts, dependencies, Dockerfile, unsafe code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive .
	$(BIN)/hadolint Dockerfile

coverage-gate: $(DEVELOPMENT) ## every branch of the deciding code was run by the unit tests of the last `make test`
	$(BIN)/coverage report --include='$(GUARDED)' --fail-under=100

metrics-check: $(DEVELOPMENT) ## metrics, rules and dashboard, held against Prometheus's own promtool (fetched where it is missing)
	SPENDGUARD_TEST_PROMTOOL=$$(.ci/promtool $(VENV)/promtool) && export SPENDGUARD_TEST_PROMTOOL && \
		$(BIN)/python -m pytest -q tests/integration/api/test_metrics.py tests/integration/api/test_metrics_files.py

torture: $(DEVELOPMENT) ## kill the service at every step it takes, 300 times and more (ARGS="--short")
	$(BIN)/python -m tests.torture $(ARGS)

faults: $(DEVELOPMENT) ## ten thousand checks of a provider that misbehaves (ARGS="--seed 7")
	$(BIN)/python -m tests.faults $(ARGS)

bench: $(DEVELOPMENT) ## each figure of the README, measured here (ARGS="audit")
	$(BIN)/python -m benchmarks $(ARGS)

fuzz: $(DEVELOPMENT) ## ask a running service whatever its description allows, and more (EXAMPLES=300)
	SPENDGUARD_TEST_FUZZ=$(EXAMPLES) $(BIN)/python -m pytest -s -p no:xdist tests/integration/api/test_fuzzing.py

image: ## the container image, by whichever engine is here
	.ci/build-image

image-check: ## build and try the image without an engine (root on Debian; installs buildah, debootstrap)
	.ci/check-image

lock: $(DEVELOPMENT) ## write the locks anew from pyproject.toml (ARGS="--upgrade")
	$(COMPILE) $(ARGS) pyproject.toml --extra postgresql --output-file requirements.lock
	printf 'setuptools>=77\n' | $(COMPILE) $(ARGS) - --output-file requirements-build.lock
	$(COMPILE) $(ARGS) pyproject.toml --extra postgresql --group dev --output-file requirements-dev.lock \
		--constraints requirements.lock --constraints requirements-build.lock

audit-dependencies: $(DEVELOPMENT) ## look what is locked up among known vulnerabilities; fails where they cannot be reached
	.ci/audit-dependencies

mutation: $(DEVELOPMENT) ## which changes of the deciding code no test notices; hours (ARGS="'service.domain.money*'")
	.ci/mutation $(ARGS)

clean: ## remove the environment and what was built
	rm -rf $(VENV) build dist *.egg-info .coverage

$(RUNTIME): requirements.lock requirements-build.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements-build.lock
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(DEVELOPMENT): $(RUNTIME) requirements-dev.lock
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	touch $@
