"""A cache that is only ever a hint."""

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def _forgiving(name: str, missing: Any) -> Callable[..., Any]:
    original = getattr(RedisCache, name)

    def method(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            log.warning("cache_unavailable", operation=name, error=type(error).__name__)
            return missing(args, kwargs) if callable(missing) else missing

    method.__name__ = name
    return method


def _default(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return kwargs.get("default", args[1] if len(args) > 1 else None)


class ForgivingRedisCache(RedisCache):
    """Redis as a cache; while it is away, every look-up is a miss and every write a no-op."""

    add = _forgiving("add", missing=True)
    get = _forgiving("get", missing=_default)
    set = _forgiving("set", missing=None)
    touch = _forgiving("touch", missing=False)
    delete = _forgiving("delete", missing=False)
    get_many = _forgiving("get_many", missing=lambda args, kwargs: {})
    set_many = _forgiving("set_many", missing=lambda args, kwargs: [])
    has_key = _forgiving("has_key", missing=False)
    incr = _forgiving("incr", missing=1)
    delete_many = _forgiving("delete_many", missing=None)
    clear = _forgiving("clear", missing=None)
