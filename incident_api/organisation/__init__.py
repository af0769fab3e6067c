"""The city's organisation: units, assets, networks, people and contacts, each by date; its versions in the store."""
