# Everything a person or a CI job does here, by name. Needs CPython 3.11 or newer, pip and make; the rest it fetches.
#
# make turns every failure into its own exit code 2. Who needs the suite's exit codes (0, 1, 2, 4, 6) runs
# .venv/bin/pytest once `make setup` is through.

.DEFAULT_GOAL := help
.PHONY: help setup conformance test search lint format bench lock env-example drawn readme clean

# More arguments for pytest: make conformance ARGS="--profile smoke -v"
ARGS =

help: ## what there is (this text)
	@echo "make conformance   the suite against the embedded reference API; reports in reports/"
	@echo "make test          the suite's own tests"
	@echo "make search        the property-based of them with examples that are drawn anew each time"
	@echo "make lint          ruff and mypy, all rules"
	@echo "make format        ruff's formatter, on every file"
	@echo "make bench         benchmarks against peers; table on the screen, JSON in bench/results/"
	@echo "make setup         .venv as requirements.lock says; the targets above do it themselves"
	@echo "make lock          requirements.lock from pyproject.toml; UPGRADE=1 takes the newest versions"
	@echo "make env-example   .env.example from conformance/settings.py"
	@echo "make drawn         spec/drawn.json: what Schemathesis and Hypothesis draw from this contract"
	@echo "make readme        the table of requirements in README.md from spec/requirements/"
	@echo "make clean         removes .venv, caches and reports; never .env"
	@echo
	@echo 'More arguments for pytest:    make test ARGS="-k settings -x"'
	@echo "Another interpreter:          make setup PYTHON=/path/to/python3.13"
	@echo "Another target than embedded: .venv/bin/pytest --target pre-production   (see README.md)"

setup:
	@PYTHON="$(PYTHON)" sh .ci/setup

# The same run whatever stands in .env and in the environment: no other target, no plan that sends nothing, no smaller budget.
# Options are the only settings that count, those of pytest too; another target, which needs credentials, is for .venv/bin/pytest.
conformance: setup
	@CONFORMANCE_SETTINGS=options PYTEST_ADDOPTS= .venv/bin/pytest $(ARGS)

# Half of what the tests take is waiting, so workers share it (as many as tests/conftest.py says); ARGS="-n 0" has none.
# worksteal: each begins with a stretch of neighbours, which share fixtures, and takes over from others when it is through.
test: setup
	@.venv/bin/pytest -n auto --dist worksteal $(if $(filter tests/%,$(ARGS)),,tests) $(ARGS)

# A finding of it is a test of its own: an @example beside what found it.
search: setup
	@HYPOTHESIS_PROFILE=search .venv/bin/pytest -n auto --dist worksteal $$(grep -rlE --include='test_*.py' '^ *@given' tests) $(ARGS)

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet . || { echo "make format mends these:"; .venv/bin/ruff format --check .; }
	@.venv/bin/mypy

format: setup
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .

bench: setup
	@.venv/bin/python -m bench $(ARGS)

# uv resolves for every platform and Python version at once (pip-tools: for the machine it runs on). It is needed for
# this alone and lives in a folder of its own. --no-config and the default index keep a machine's own addresses out.
lock: setup
	@test -x build/lock/bin/uv || { .venv/bin/python -m venv build/lock && build/lock/bin/pip install --quiet uv==0.13.9; }
	@env -u UV_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_DEFAULT_INDEX -u UV_FIND_LINKS build/lock/bin/uv \
		--no-config pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-header --annotation-style line --quiet $(if $(UPGRADE),--upgrade) --output-file requirements.lock

env-example: setup
	@.venv/bin/python -c 'from conformance.settings import env_example; print(env_example(), end="")' > .env.example

drawn: setup
	@.venv/bin/python -c 'import json; from conformance.scenarios import drawn, rings; \
	from conformance.session import prepare; material = prepare({"target": "embedded", "profile": "release"}).material; \
	drawn.FILE.write_text(json.dumps(drawn.draw(rings.rings(material), material), indent=1) + "\n", "utf-8")'

readme: setup
	@.venv/bin/python -c 'from pathlib import Path; from conformance.catalogue import Catalogue; \
	from conformance.rendering.catalogue import markdown; page = Path("README.md"); text = page.read_text("utf-8"); \
	begin, end = "<!-- requirements:begin -->\n", "<!-- requirements:end -->\n"; \
	table = markdown(Catalogue.load(Path("spec/requirements").resolve())); \
	page.write_text(text[: text.index(begin)] + begin + table + text[text.index(end) :], "utf-8")'

clean:
	@rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .schemathesis
	@find conformance tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
	@find reports -mindepth 1 ! -name .gitignore -delete
