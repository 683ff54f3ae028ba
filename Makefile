# make demo   see it work: a synthetic participant, streamed, recognised and shown
# make test   format, lint, import layers, types, tests (what CI runs)
# make docs   the site of the documentation, in runs/site
# make installer   build the program as one folder that needs no Python, and start it once
# make demo-model   make the demo's checkpoint anew (three quarters of an hour on two cores)

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test check docs env screen models demo-model screenshots translations installer clean

demo: models
	@echo "Starting the demo (close the window to end it) ..."
	@$(BIN)/milmer-live demo $(DEMO)

test: models screen check
	@echo "Tests ..."
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q -n 2 --dist loadfile

check: env
	@echo "Format, lint, import layers, types ..."
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

docs: env
	@echo "Documentation ..."
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# What the tests need of the system besides: one of them runs the program on a virtual screen.
screen:
	@$(PYTHON) milmer_live/doctor.py --install --tests

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

# First on 40 participants who keep their expression, then on 40 who show it in bursts (in both 2
# choose the epoch and 2 are tested); judged on 8 others. Interrupted, it goes on where it was.
demo-model: models
	@test -d runs/demo/held-data || $(BIN)/milmer-live synthesize runs/demo/held-data \
		--participants 40 --trials 10 --fps 5 --seed 3 \
		--effect burst_gap_s=0.02 --effect mild_bursts=0 --effect false_bursts=0
	@test -d runs/demo/train-data || $(BIN)/milmer-live synthesize runs/demo/train-data \
		--participants 40 --trials 10 --fps 10 --seed 1
	@test -d runs/demo/unseen-data || $(BIN)/milmer-live synthesize runs/demo/unseen-data \
		--participants 8 --trials 10 --fps 10 --seed 2
	@$(BIN)/milmer-live train resources/train/demo-faces.toml --data runs/demo/held-data \
		--runs runs/demo --name faces --fold 0
	@$(BIN)/milmer-live train resources/train/demo.toml --data runs/demo/train-data \
		--set start_from=runs/demo/faces/fold-00/model.safetensors \
		--runs runs/demo --name model --fold 0
	@$(BIN)/milmer-live evaluate runs/demo/model/fold-00/model.safetensors runs/demo/unseen-data \
		--protocol subject --hop 1.5 --name "Milmer demo" \
		--publish resources/models/milmer-demo.safetensors

# Every panel in both themes and two sizes, from a run of the demo without a screen: two minutes.
screenshots: models
	@MILMER_LIVE_RECORDINGS=/tmp/recordings $(BIN)/python -m milmer_live.bench.window.screenshots docs/screens

# Collect the window's texts for the translators, and make what Qt reads of their work.
translations: env
	@$(BIN)/python -m milmer_live.ui.language.translations resources/i18n
	@$(BIN)/pyside6-lrelease -silent resources/i18n/*.ts

# In dist/milmer-live; what PyInstaller says is kept in build/.
installer: models
	@echo "Building dist/milmer-live (5 GB where PyTorch brings CUDA; some minutes) ..."
	@mkdir -p build
	@$(BIN)/pyinstaller --noconfirm installer.spec > build/pyinstaller.log 2>&1 \
		|| { tail -n 30 build/pyinstaller.log; exit 1; }
	@echo "Starting it once, off screen, for 10 s ..."
	@$(BIN)/python tests/support/built_program.py dist/milmer-live

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
