"""The one-shot child that takes a company system through the steps of a [[transaction]]."""
