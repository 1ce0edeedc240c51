"""Landing files of the companies that ship with the project; the pipeline never imports this package."""
