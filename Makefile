# Every verb fetches what it needs into this checkout and leaves the rest of the machine alone.

.DEFAULT_GOAL := help
.SILENT:
.PHONY: help lint format types services services-stop test test-faults test-matrix test-released wheels docs bench demo demo-shop acceptance \
	changelog new-integration release-check clean

# The interpreter, as in `make test PYTHON=3.12`. Without it uv takes the first one that is new enough.
PYTHON ?=
# `make test SERVERS=no` leaves out the tests that need a server; JOBS=1 runs one process after the other, in the matrix too.
SERVERS ?= yes
SUITE ?= ../shared/acceptance
# `make test-matrix WHEELS=dist` takes the wheels that are there; `make lint SINCE=origin/main` asks for news of what changed.
WHEELS ?=
SINCE ?=
built = $(if $(WHEELS),,wheels)

uv := scripts/uv
tools := $(CURDIR)/.tools
suffix := $(if $(PYTHON),-$(notdir $(PYTHON)))
python_option := $(if $(PYTHON),--python $(PYTHON))

export COVERAGE_FILE ?= $(tools)/coverage$(suffix)
export HATCH_CACHE_DIR ?= $(tools)/cache/hatch
export HATCH_CONFIG ?= $(tools)/hatch.toml
export HATCH_DATA_DIR ?= $(tools)/hatch
export MYPY_CACHE_DIR ?= $(tools)/cache/mypy
export PYRIGHT_PYTHON_CACHE_DIR ?= $(tools)/cache/pyright
export RUFF_CACHE_DIR ?= $(tools)/cache/ruff
export UV_CACHE_DIR ?= $(tools)/cache/uv
export npm_config_cache ?= $(tools)/cache/npm

# Pyright never looks into a folder whose name starts with a dot, so the environments live under build/.
environment = build/$(1)$(suffix)
sync = UV_PROJECT_ENVIRONMENT=$(CURDIR)/$(environment) $(uv) sync --quiet $(python_option) $(2)

help: ## list the verbs
	echo "make VERB [PYTHON=3.12]"
	sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "  %-15s %s\n", $$1, $$2 }'

lint: forms = $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
lint: ## check style, formatting, workflows and changelogs
	echo "lint: ruff, zizmor, the schemas of .github and the changelogs"
	$(call sync,lint,--only-group lint)
	$(call environment,lint)/bin/ruff check
	$(call environment,lint)/bin/ruff format --check
	$(call environment,lint)/bin/zizmor --quiet --offline .github
	$(call environment,lint)/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(call environment,lint)/bin/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(call environment,lint)/bin/check-jsonschema --quiet --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(call environment,lint)/bin/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms $(forms)
	$(call environment,lint)/bin/python scripts/changelog.py check --since "$(SINCE)"

format: ## format the code and mend what ruff can mend
	echo "format: ruff"
	$(call sync,lint,--only-group lint)
	$(call environment,lint)/bin/ruff check --fix
	$(call environment,lint)/bin/ruff format

types: bin = $(call environment,types)/bin
types: site = $$(echo $(call environment,types)/lib/python3*/site-packages)
types: installed = $(site)/airlock $(site)/airlock_conformance
# Celery has no types; those that others publish for it are in an environment of their own.
types: stubs = $(call environment,types-celery)
types: ## check types with mypy, pyright and ty, every package installed
	echo "types: mypy, pyright and ty on the installed packages and typing_tests"
	$(call sync,types,--all-packages --no-editable --group types)
	$(call sync,types-celery,--all-packages --no-editable --group types --group types-celery)
	$(bin)/mypy -p airlock -p airlock_conformance
	$(bin)/mypy scripts
	PATH=$(CURDIR)/$(bin):$$PATH pyright $(installed) scripts
	for package in airlock airlock_conformance; do \
		PATH=$(CURDIR)/$(bin):$$PATH pyright --ignoreexternal --verifytypes $$package || exit; \
	done
	$(bin)/ty check --python $(call environment,types) --no-respect-ignore-files $(installed) scripts
	for version in 3.11 3.13; do \
		$(call check_calls,$(call environment,types),typing_tests/*.py) && \
		$(call check_calls,$(stubs),typing_tests/with_celery_types) || exit; \
	done

# Check the calls of typing_tests, for a version of Python, against what an environment has installed.
define check_calls
$(1)/bin/mypy --python-version $$version $(2) && \
PATH=$(CURDIR)/$(1)/bin:$$PATH pyright --pythonversion $$version $(2) && \
$(1)/bin/ty check --python $(1) --python-version $$version $(2)
endef

services: ## start the servers that the tests need, on loopback
	scripts/services start

services-stop: ## stop the servers that `make services` started
	scripts/services stop

# Where no server answers, a test that needs one and is not marked so gives itself away.
ifeq ($(SERVERS),no)
without_servers = -m "not server"
test: export AIRLOCK_TEST_MARIADB_URL = mysql://root@127.0.0.1:1/mysql
test: export AIRLOCK_TEST_POSTGRES_URL = postgresql://postgres@127.0.0.1:1/postgres
test: export AIRLOCK_TEST_RABBITMQ_URL = amqp://guest:guest@127.0.0.1:1//
test: export AIRLOCK_TEST_REDIS_URL = redis://127.0.0.1:1/0
endif

test: ## run the whole suite with coverage, every package editable
	echo "test: pytest in an editable environment$(if $(without_servers),; what needs a server is left out)"
	$(call sync,test,--all-packages --group test)
	$(call environment,test)/bin/python scripts/run_tests.py $(without_servers)
	$(call environment,test)/bin/coverage report
	echo "test: percentage of the core that is covered; it must be all of it"
	$(call environment,test)/bin/coverage report --format=total --include='packages/airlock-core/src/*' --fail-under=100

changelog: ## move the news fragments of PACKAGE into its changelog
	$(call sync,lint,--only-group lint)
	$(call environment,lint)/bin/python scripts/changelog.py build "$(PACKAGE)"

test-faults: seconds = $(or $(SECONDS),20)
test-faults: ## kill writers and relays of the outbox on each of DATABASES, in storms of so many SECONDS
	echo "test-faults: packages/airlock-django/faults, one database after the other"
	$(call sync,test,--all-packages --group test)
	for database in $(or $(DATABASES),sqlite postgres mariadb); do \
		FAULTS_DATABASE=$$database FAULTS_SECONDS=$(seconds) $(call environment,test)/bin/python -m pytest -rP \
			-o faulthandler_timeout=$$(($(seconds) + 300)) \
			--confcutdir=packages/airlock-django/faults packages/airlock-django/faults || exit; \
	done

test-matrix: $(built) ## run each package's tests against its wheel, on every Python and end of its backend there is
	echo "test-matrix: hatch environments"
	$(call sync,matrix,--only-group matrix)
	$(call environment,matrix)/bin/python scripts/test_matrix.py

test-released: $(built) ## run the suites of the integrations released last against the wheel of the core
	echo "test-released: scripts/test_released.py"
	$(call sync,release-check,--only-group release)
	$(call environment,release-check)/bin/python scripts/test_released.py

release-check: ## do all that the release of PACKAGE, or of everything, does but the upload
	echo "release-check: scripts/release_check.py"
	$(call sync,release-check,--only-group release)
	$(call environment,release-check)/bin/python scripts/release_check.py

new-integration: ## make a distribution for the queue NAME from the template
	$(uv) run --quiet --no-project $(python_option) scripts/new_integration.py "$(NAME)"

wheels: ## build wheels and sdists into dist/ and check them
	echo "wheels: uv build, then scripts/check_wheels.py"
	rm -rf dist
	$(uv) build --quiet --all-packages --out-dir dist
	$(uv) run --quiet --no-project scripts/check_wheels.py dist

docs: ## build the documentation into build/docs and look at it in a browser
	echo "docs: sphinx, then scripts/check_docs.py"
	$(call sync,docs-environment,--all-packages --no-editable --group docs)
	rm -rf build/docs
	$(call environment,docs-environment)/bin/sphinx-build --quiet -n -W --keep-going docs build/docs
	$(call environment,docs-environment)/bin/python scripts/check_docs.py build/docs
	echo "docs: open build/docs/index.html"

bench: ## measure the core and the queues against their targets
	echo "bench: benchmarks/run.py, then packages/*/benchmarks"
	$(call sync,bench,--all-packages --no-editable --group bench)
	$(call environment,bench)/bin/python benchmarks/run.py
	$(call environment,bench)/bin/python scripts/run_benchmarks.py

demo: ## run the example shop and show what it does
	echo "demo: examples/orders/demo.py with airlock-core installed"
	$(uv) run --quiet --no-project $(python_option) --with ./packages/airlock-core examples/orders/demo.py

demo-shop: ## run the example in Django, with a site and a worker, and show what it does
	echo "demo-shop: examples/shop/demo.py with airlock-core, airlock-django and airlock-huey installed"
	$(uv) run --quiet --no-project $(python_option) --with ./packages/airlock-core --with ./packages/airlock-django \
		--with ./packages/airlock-huey examples/shop/demo.py

acceptance: wheels ## run SUITE, a folder of tests, against the core's wheel
	echo "acceptance: $(SUITE)"
	PYTHONDONTWRITEBYTECODE=1 $(uv) run --quiet --no-project $(python_option) --with 'pytest>=9' \
		--with dist/airlock_core-*.whl pytest -p no:cacheprovider $(SUITE)

clean: ## remove what the verbs have made
	echo "clean: .tools, build, dist"
	test ! -d .tools/services || scripts/services stop
	rm -rf .hypothesis .tools build dist uv.lock
