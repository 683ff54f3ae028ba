# make demo   see it work: a synthetic participant, streamed, recognised and shown
# make test   format, lint, import layers, types, tests (what CI runs)
# make demo-model   make the demo's checkpoint anew (half an hour on two cores)

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test check env models demo-model clean

demo: models
	@echo "Starting the demo (close the window to end it) ..."
	@$(BIN)/milmer-live demo $(DEMO)

test: models check
	@echo "Tests ..."
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q

check: env
	@echo "Format, lint, import layers, types ..."
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

models: env
	@$(BIN)/milmer-live fetch-models

env: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) milmer_live/doctor.py --install
	@echo "Making the environment in .venv (about 7 GB, mostly PyTorch; some minutes) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

# 24 participants to learn from (2 of them to choose the epoch, 2 tested), 8 others of another
# seed to be judged on. Interrupted, it goes on where it was.
demo-model: models
	@test -d runs/demo/train-data || $(BIN)/milmer-live synthesize runs/demo/train-data \
		--participants 40 --trials 10 --fps 10 --seed 1
	@test -d runs/demo/unseen-data || $(BIN)/milmer-live synthesize runs/demo/unseen-data \
		--participants 8 --trials 10 --fps 10 --seed 2
	@$(BIN)/milmer-live train resources/train/demo.toml --data runs/demo/train-data \
		--runs runs/demo --name model --fold 0
	@$(BIN)/milmer-live evaluate runs/demo/model/fold-00/model.safetensors runs/demo/unseen-data \
		--protocol subject --hop 1.5 --name "Milmer demo" \
		--publish resources/models/milmer-demo.safetensors

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
