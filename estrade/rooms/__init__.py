"""The live place of an occurrence: seats, stage, chat. It never touches media itself."""
