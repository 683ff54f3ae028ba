"""Who is who in a folder of recordings."""

PARTICIPANTS_NAME = "participants.tsv"
