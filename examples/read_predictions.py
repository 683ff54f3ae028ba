"""What the model says, live over LSL, as any language can read it: read_predictions.py [COUNT]"""

import sys

import pylsl

count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
found = pylsl.resolve_byprop("name", "MilmerLive-Predictions", timeout=30)
if not found:
    sys.exit("No predictions within 30 s. Is `milmer-live live` or the demo running?")
inlet = pylsl.StreamInlet(found[0])
names = inlet.info(timeout=10).get_channel_labels()

for _ in range(count):
    values, stamp = inlet.pull_sample(timeout=30)
    if values is None:
        sys.exit("Nothing came for 30 s.")
    row = dict(zip(names, values, strict=True))
    if row["enough_signal"] and row["in_range"]:
        print(f"{stamp:.1f}: valence {row['valence']:+.2f}, arousal {row['arousal']:+.2f}")
    else:
        print(f"{stamp:.1f}: not known")  # the answer is NaN
