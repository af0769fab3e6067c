"""The signed coordination policy and who it makes responsible."""
