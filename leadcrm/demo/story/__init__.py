"""The story of an invented company, told by the real actions with the clock turned back."""
