.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
PAGE_PORT ?= 5173
VERSION := $(shell sed -n 's/^VERSION = "\(.*\)"/\1/p' config.py)

# Each file in .make/ says that something is installed, so that a second run does nothing.
PYTHON_READY := .make/python
STORE_READY := .make/store
TESTS_READY := .make/tests
NODE_READY := .make/node
CLIENTS_READY := .make/clients
PEERS_READY := .make/peers
UPPY_READY := .make/uppy
PREVIEWS_READY := .make/previews
PAGE := frontend/dist/index.html
PAGE_SOURCES := $(shell find frontend/src frontend/public -type f) \
	$(wildcard frontend/*.html frontend/vite*.config.ts frontend/tsconfig*.json) frontend/package.json
# Enough settings to make the app where it serves nothing.
SCRIPTS := deploy/deploy.sh .ci/image .ci/packages .ci/run .ci/shipped tests/rigs/docker.sh
OFFLINE := S3_BUCKET=images AWS_REGION=us-east-1 SECRET_KEY=for-the-making-of-openapi-json-only

.PHONY: help build run dev test test-page test-server test-fast test-ceph soak fuzz bench lighthouse check check-page check-server format openapi manual lock image sbom clean

help: ## Show what there is to make
	@awk -F ':.*## ' '/^##@ / { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' \
		$(MAKEFILE_LIST)

##@ Use

build: $(PYTHON_READY) $(STORE_READY) $(PAGE) ## Install and build all that `make run` starts

run: build ## Install, build and start everything; Ctrl-C stops it (PORT, SITE_URL)
	@GIT_COMMIT=$$(git rev-parse --short HEAD 2>/dev/null || echo unknown) exec $(BIN)/gunicorn

##@ Develop

# Each of the two ends when the other does, and Ctrl-C, which only this shell gets, ends both.
dev: $(PYTHON_READY) $(STORE_READY) $(NODE_READY) ## Start flask with reload and Vite with hot reload (PORT, PAGE_PORT)
	@CORS_ORIGINS=http://localhost:$(PAGE_PORT),http://127.0.0.1:$(PAGE_PORT) SITE_URL=http://localhost:$(PAGE_PORT) \
		$(BIN)/flask --app wsgi run --debug --port $(PORT) & api=$$!; \
	(cd frontend && API_PORT=$(PORT) exec node_modules/.bin/vite --port $(PAGE_PORT) --strictPort) & page=$$!; \
	trap 'exit 1' INT TERM; trap 'kill $$api $$page 2>/dev/null; wait' EXIT; \
	while kill -0 $$api 2>/dev/null && kill -0 $$page 2>/dev/null; do sleep 1; done; exit 1

##@ Test

test-fast: $(TESTS_READY) $(NODE_READY) ## Run the tests that need neither store nor browser, but the slow ones (JOBS=auto)
	cd frontend && npm test --silent
	$(BIN)/pytest --numprocesses=$(or $(JOBS),auto) --dist=worksteal -m "not slow" tests/unit

test: test-page test-server ## Run every test: unit, contract, deploy, front end, browser (JOBS=N)

test-page: $(NODE_READY)
	cd frontend && npm test --silent

test-server: $(TESTS_READY) $(STORE_READY) $(PAGE) $(CLIENTS_READY) $(UPPY_READY) $(PREVIEWS_READY)
	@# Two more than there are cores, because many tests wait for a time-out or for a program to end.
	$(BIN)/pytest --numprocesses=$(or $(JOBS),$$(($$(getconf _NPROCESSORS_ONLN) + 2))) --dist=worksteal

test-ceph: $(TESTS_READY) ## Run the tests of uploads on a throw-away Ceph (Debian's packages) as well
	$(BIN)/pytest --store=ceph tests/contract/test_uploads.py tests/contract/test_model.py

soak: $(TESTS_READY) $(STORE_READY) ## Upload for SECONDS=600 while everything breaks and is killed, then count what was lost
	$(BIN)/python -m tests.rigs.soak $(or $(SECONDS),600)

fuzz: $(TESTS_READY) ## Give the parser a million broken pictures, and compare with Pillow (ARGS=--seed=2)
	$(BIN)/python -m tests.rigs.fuzz $(ARGS)

##@ Measure

bench: $(TESTS_READY) $(STORE_READY) $(PAGE) $(PEERS_READY) ## Measure beside peers, into benchmarks/RESULTS.md (ARGS=whole: one part, in minutes)
	$(BIN)/python -m benchmarks $(ARGS)

lighthouse: $(TESTS_READY) $(STORE_READY) $(PAGE) $(PEERS_READY) ## Run Lighthouse on the page, as a phone and as a desktop
	$(BIN)/python -m benchmarks.lighthouse $(ARGS)

##@ Check

check: check-page check-server ## Lint, format, types, spelling, Dockerfiles, scripts, docs/openapi.json unchanged

check-page: $(NODE_READY)
	cd frontend && npm run --silent check

check-server: $(TESTS_READY) $(STORE_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(OFFLINE) $(BIN)/flask --app wsgi openapi print | diff docs/openapi.json - || \
		{ echo "The API has changed: make openapi"; exit 1; }
	$(BIN)/codespell
	$(BIN)/hadolint --failure-threshold warning Dockerfile .ci/Dockerfile
	@if command -v shellcheck >/dev/null; then shellcheck $(SCRIPTS); \
		elif [ -n "$$CI" ]; then echo "shellcheck is not installed"; exit 1; \
		else echo "Not checked, no shellcheck here: $(SCRIPTS)"; fi

format: $(TESTS_READY) $(NODE_READY) ## Format and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd frontend && npx biome check --write .

##@ Write

openapi: $(PYTHON_READY) ## Write docs/openapi.json from the schemas
	$(OFFLINE) $(BIN)/flask --app wsgi openapi print > docs/openapi.json

manual: $(TESTS_READY) ## Write the man page of imghost from its --help
	PYTHONPATH=clients/imghost/src $(BIN)/python clients/imghost/man/manual.py > clients/imghost/man/imghost.1

lock: ## Compile requirements*.in to pinned, hashed requirements*.txt (UPGRADE=--upgrade)
	@# A lock may be half merged, or name what does not install: this needs uv alone.
	test -x $(BIN)/uv || $(MAKE) $(TESTS_READY)
	for name in requirements requirements-local requirements-otel requirements-dev benchmarks/requirements; do \
		$(BIN)/uv pip compile $(UPGRADE) --quiet --universal --python-version 3.11 --generate-hashes \
			--output-file $$name.txt $$name.in || exit; \
	done

image: ## Build the container image (ENGINE=podman, TARGET=api for one without the page)
	$(or $(ENGINE),docker) build $(if $(TARGET),--target $(TARGET)) --tag image-host:$(VERSION) \
		--build-arg VERSION=$(VERSION) --build-arg COMMIT=$$(git rev-parse --short HEAD) .

sbom: $(TESTS_READY) $(NODE_READY) ## List what the API and the page are built from in sbom/ (CycloneDX)
	mkdir -p sbom
	$(BIN)/cyclonedx-py requirements requirements.txt --output-file sbom/api.cdx.json
	cd frontend && npm sbom --sbom-format cyclonedx > ../sbom/page.cdx.json

clean: ## Remove what was installed and built; instance/, with the pictures, stays
	rm -rf .venv .make frontend/node_modules frontend/dist benchmarks/.venv benchmarks/node_modules \
		tests/clients/node_modules tests/uppy/node_modules tests/previews/node_modules

$(PYTHON_READY): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make run PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	@mkdir -p .make && touch $@

$(STORE_READY): requirements-local.txt $(PYTHON_READY)
	$(BIN)/pip install --quiet --require-hashes -r requirements-local.txt || \
		echo "The embedded store can't be installed here. Configure any S3: docs/configuration.md"
	@mkdir -p .make && touch $@

$(TESTS_READY): requirements-dev.txt $(PYTHON_READY)
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	@mkdir -p .make && touch $@

$(NODE_READY): frontend/package-lock.json
	@command -v npm >/dev/null || { echo "Node 20.19 or newer is needed, with npm."; exit 1; }
	@node -e 'const [a,b] = process.versions.node.split(".").map(Number); if (a < 20 || (a === 20 && b < 19)) { console.error("Node 20.19 or newer is needed."); process.exit(1) }'
	cd frontend && npm ci --loglevel=error --no-fund --no-audit >/dev/null
	@mkdir -p .make && touch $@

$(CLIENTS_READY): tests/clients/package-lock.json $(NODE_READY)
	cd tests/clients && npm ci --loglevel=error >/dev/null
	@mkdir -p .make && touch $@

$(UPPY_READY): tests/uppy/package-lock.json $(NODE_READY)
	cd tests/uppy && npm ci --loglevel=error >/dev/null
	@mkdir -p .make && touch $@

$(PREVIEWS_READY): tests/previews/package-lock.json $(NODE_READY)
	cd tests/previews && npm ci --loglevel=error >/dev/null
	@mkdir -p .make && touch $@

$(PEERS_READY): benchmarks/package-lock.json benchmarks/requirements.txt $(NODE_READY) $(PYTHON_READY)
	cd benchmarks && npm ci --loglevel=error >/dev/null
	test -x benchmarks/.venv/bin/python || $(PYTHON) -m venv benchmarks/.venv
	benchmarks/.venv/bin/pip install --quiet --require-hashes -r benchmarks/requirements.txt
	@mkdir -p .make && touch $@

$(PAGE): $(NODE_READY) $(PAGE_SOURCES)
	cd frontend && npm run --silent build
	@touch $@
