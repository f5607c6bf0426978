"""Parts of pages: each draws one thing, and several pages may use it."""
