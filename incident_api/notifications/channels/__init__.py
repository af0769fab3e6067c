"""The ways out of the house: each a class behind one seam and a row of the settings."""
