"""What is checked: probe reads, judge decides, measure counts."""
