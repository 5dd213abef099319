"""Speed and size, measured (`make bench`). Nothing here is a test: no figure makes a build fail but the size budget."""
