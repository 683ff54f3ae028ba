"""A synthetic participant: EEG and a drawn face that follow the same ratings."""
