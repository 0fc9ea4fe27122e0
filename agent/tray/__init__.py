"""The tray: a face of the desk in the panel. It asks the daemon for glances and shows them; no check."""
