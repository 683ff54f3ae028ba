"""A recorded session, or another program's XDF file, as a pandas frame: read_session.py SESSION"""

import sys
from pathlib import Path

import pandas as pd

from milmer_live import open_session

session = open_session(Path(sys.argv[1]))
recording = session.recording()
frame = pd.DataFrame(recording.eeg, index=recording.times, columns=recording.info.channel_names)

print(frame.describe().loc[["mean", "std"]].round(1))  # µV, by channel
for one in recording.labels:
    print(f"{one.start:.1f} to {one.stop:.1f} s: valence {one.valence}, arousal {one.arousal}")
for said in session.predictions:
    answer = said.quadrant.name if said.is_known else "not known"
    print(f"{said.time - session.origin:.1f} s: {answer}")
