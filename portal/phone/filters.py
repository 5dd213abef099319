"""The filters a phone template may use.

Both are Jinja2's own; `offline/runtime.js` exports a twin of each under the same name. A filter of our own would be
registered in `environment.configure` and listed here. Everything else belongs into the view-model.
"""

# What each makes, and how many arguments it takes.
FILTERS = {"length": "integer", "join": "string"}
ARGUMENTS = {"length": 0, "join": 1}
