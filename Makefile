# make site   sets everything up, publishes the committed synthetic sample and builds the website
# make test   sets everything up and runs every check
# make check  the static checks alone, in seconds
# make help   lists the rest
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
SAMPLE := data/raw/muestra

export NO_MKDOCS_2_WARNING := 1
export PYTHONUTF8 := 1
# Compiled modules are kept, where a machine asks otherwise too: without them every process compiles every library again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: site docs check test test-fast test-long coverage golden lint types contracts scripts node browser database server leaks faults mutants rates words sbom accessibility speed sample real bench scale years spark pictures nightly serve wheel lock clean help fuzz
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Se necesita Python 3.11 o posterior / Python 3.11 or later is needed"; exit 1; }
	@echo "Preparando el entorno (solo la primera vez) / Setting up (the first time only)…"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

site: $(READY) ## publish the sample (both editions) and build the website
	@$(BIN)/celosia publish --raw $(SAMPLE) --edition 2025-T3
	@$(BIN)/celosia publish --raw $(SAMPLE) --edition 2025-T4
	@$(BIN)/celosia pages

check: $(READY) lint types contracts scripts ## style, types, contracts between modules, scripts: seconds, once its caches are there

test: $(READY) check browser database server node ## every check, then every test but the long ones
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow"

test-long: $(READY) browser database server node ## the tests that `make test` leaves out: every page, every kind of change (an hour or more)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m slow

test-fast: $(READY) node ## every test that needs neither a browser nor the whole built site
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser and not site"

coverage: $(READY) node ## which branches the tests of test-fast take, processes that they start included
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser and not site" --cov --cov-report=term:skip-covered

golden: $(READY) ## renews the checksums of the small site, after somebody has looked at what changed
	@GOLDEN=renew $(BIN)/python -m pytest -n 0 tests/golden

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

types: $(READY)
	@$(BIN)/mypy

contracts: $(READY)
	@$(BIN)/lint-imports --no-cache

scripts: ## the scripts of the site are well formed, where there is a Node
	@! command -v node >/dev/null || for script in site/assets/*.js tests/scripts/*.js; do node --check $$script || exit 1; done

node: ## a Node for the tests of the site's scripts, where there is none and we may install one
	@command -v node >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nodejs >/dev/null; }; } \
	|| echo "No hay Node: las pruebas de los scripts se omiten / No Node: the tests of the scripts are skipped"

browser: ## a Chromium for the browser tests, where we may install one: the shell without windows takes a third of the time
	@command -v chromium-headless-shell >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium-headless-shell >/dev/null; }; } \
	|| command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	|| echo "No hay Chromium: las pruebas de navegador se omiten / No Chromium: browser tests are skipped"

database: ## a PostgreSQL for the test that reads from one, where there is none and we may install one
	@command -v pg_ctl >/dev/null || ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null; }; } \
	|| echo "No hay PostgreSQL: su prueba se omite / No PostgreSQL: its test is skipped"

server: ## an nginx and a Caddy for the tests of their configurations, and an ssh-keygen for signatures, where we may install them
	@command -v ssh-keygen >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openssh-client >/dev/null; }; } \
	|| echo "No hay ssh-keygen: las pruebas de las firmas se omiten / No ssh-keygen: the tests of signatures are skipped"
	@for each in nginx caddy; do command -v $$each >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $$each >/dev/null; }; } \
	|| echo "No hay $$each: la prueba de su configuración se omite / No $$each: the test of its configuration is skipped"; done

accessibility: $(READY) browser ## axe-core in every mode, keyboard, zoom, charts, exit, from disk: on every page (minutes)
	@$(BIN)/python -m pytest -n 2 --dist worksteal tests/browser/test_accessibility.py tests/browser/test_every_page.py tests/browser/test_exit.py tests/browser/test_figures.py tests/browser/test_site.py

speed: site browser ## medians of first paint and load of every kind of page on a slow phone (tests/benchmarks/SITE.md)
	@$(BIN)/python -m tests.browser.measure site/_build/html 3

sample: $(READY) ## deal the synthetic sample again (same seed, same bytes)
	@$(BIN)/celosia sample --seed 1 --rows 12000 --raw $(SAMPLE) --force

real: $(READY) ## publish real open data of another institute: make real LINEA144=/folder/with/the/four/csv
	@$(BIN)/python -m tests.other_institute.real $(LINEA144)

bench: $(READY) ## suppression benchmark: make bench INSTANCES="folder folder…"
	@$(BIN)/python -m tests.benchmarks.suppression $(INSTANCES)

scale: $(READY) ## records at any size: check beside frictionless validate, publish with its memory: make scale PUBLISH="200000 20000000"
	@$(BIN)/python -m tests.benchmarks.ingest $(if $(PUBLISH),--publish $(PUBLISH))

years: $(READY) ## three years of the committed institute, edition by edition from its first quarter on, each with its site (minutes)
	@$(BIN)/python -m tests.benchmarks.years

spark: $(READY) ## the same counts and the same edition from a Spark cluster of two workers (needs Java 17)
	@command -v java >/dev/null || { echo "Falta Java 17 / Java 17 is missing (Debian: openjdk-17-jre-headless)"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "pyspark>=4"
	@$(BIN)/python -m pytest tests/unit/test_spark.py

leaks: $(READY) ## leaks planted in an edition and in a built site: the scanner finds every one
	@$(BIN)/python -m pytest tests/leaks

faults: $(READY) ## publish (edition, draft, correction) and pages killed at 300 random points each, other disks and clocks, two at once (an hour)
	@$(BIN)/python -m tests.faults.kills publish 300
	@$(BIN)/python -m tests.faults.kills draft 300
	@$(BIN)/python -m tests.faults.kills amend 300
	@$(BIN)/python -m tests.faults.kills pages 300
	@$(BIN)/python -m pytest tests/faults/test_kills.py

mutants: $(READY) ## small changes of protection, audit, verification, counting and reading: which does no test see? make mutants MUTANTS=150 SEED=1 (an hour)
	@$(BIN)/python -m tests.benchmarks.mutants $(or $(MUTANTS),150) $(or $(SEED),1)

rates: $(READY) server ## what an answer of a real nginx costs with our configuration, beside a plain file (needs wrk): make rates SITE=folder
	@$(BIN)/python -m tests.benchmarks.serving $(or $(SITE),site/_build/html) 60

words: $(READY) ## hostile words in every text of an institute and of an edition, in every turn, in every published form (hours)
	@$(BIN)/python -m pytest tests/words

sbom: $(READY) ## what the program is made of, as CycloneDX: sbom.json
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom
	@$(BIN)/cyclonedx-py environment --output-reproducible --of JSON -o sbom.json $(BIN)/python
	@$(BIN)/python -c 'import json, pathlib; file = pathlib.Path("sbom.json"); made = json.loads(file.read_text()); [each.pop("externalReferences") for each in made["components"] if "file://" in json.dumps(each)]; file.write_text(json.dumps(made, indent=2) + "\n")' # where it is installed is of this machine alone

fuzz: $(READY) ## bytes that nobody meant in every file that is read: thousands of each kind (hours; in make test thirty)
	@HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n 2 --dist worksteal tests/faults/test_fuzz.py

nightly: $(READY) ## thousands of random systems against the brute-force oracle, and every error at every step
	@HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n 2 --dist worksteal tests/properties tests/promises/test_a_stopped_run.py

serve: site ## look at the website on this machine
	@$(BIN)/python -m http.server --directory site/_build/html --bind 127.0.0.1 8000

docs: $(READY) ## the manuals for who runs the program, in docs/_build: es and en
	@$(BIN)/mkdocs --quiet build --config-file docs/mkdocs.yml
	@$(BIN)/mkdocs --quiet build --config-file docs/mkdocs.en.yml
	@echo "docs/_build/es/index.html  docs/_build/en/index.html"

pictures: $(READY) browser ## the pictures of the manuals, from made-up records: docs/es/img and docs/en/img (minutes)
	@$(BIN)/python -m tests.docs.pictures

wheel: $(READY) ## the package that others install, in dist/
	@SOURCE_DATE_EPOCH=1577836800 $(BIN)/python -m hatchling build -t wheel -d dist

lock: ## pin every dependency with its hashes (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra dev --no-emit-index-url --no-header --output-file requirements.lock pyproject.toml

clean: ## remove what was built
	@rm -rf $(VENV) site/_build docs/_build .mypy_cache .ruff_cache
