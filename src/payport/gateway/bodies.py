"""Bodies, read as the OpenAPI document describes them and in no other way.

Left to itself the framework also takes a text for a number and a number for a truth value, as it must for parameters of
a query. A body in JSON can say what it means, so an amount that is a text is a mistake of whoever sends it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn

import msgspec
from litestar.dto import AbstractDTO

from payport.gateway.problems import MALFORMED_REQUEST

if TYPE_CHECKING:
    from litestar.openapi.spec import Reference, Schema
    from litestar.typing import FieldDefinition

_PLACE: Final = re.compile(r"(.*?)(?: - at (?:key in )?`\$\.?(.*)`)?", re.DOTALL)


class StrictBody(AbstractDTO[Any]):
    """Reads the body of every route that takes JSON; raises ``malformed_request``, which says where it is wrong."""

    _decoders: ClassVar[dict[str, msgspec.json.Decoder[Any]]] = {}

    def decode_bytes(self, value: bytes) -> Any:  # noqa: ANN401 - what the route takes
        """Read a body."""
        handler: Any = self.asgi_connection.route_handler
        try:
            return self._decoders[handler.handler_id].decode(value)
        except msgspec.ValidationError as error:
            found = _PLACE.fullmatch(str(error))
            assert found is not None, "the pattern fits every text"
            MALFORMED_REQUEST.refuse(f"{found[2]}: {found[1]}" if found[2] else found[1])
        except msgspec.DecodeError:
            MALFORMED_REQUEST.refuse("not JSON")

    @classmethod
    def create_for_field_definition(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,
        backend_cls: Any = None,  # noqa: ANN401, ARG003 - the framework's own way, which is not used
    ) -> None:
        """Prepare for what a route takes."""
        cls._decoders[handler_id] = msgspec.json.Decoder(field_definition.annotation)

    @classmethod
    def create_openapi_schema(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,  # noqa: ARG003 - the type says everything
        schema_creator: Any,  # noqa: ANN401 - private to the framework
    ) -> Reference | Schema:
        """Describe what a route takes."""
        found: Reference | Schema = schema_creator.for_field_definition(field_definition)
        return found

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> NoReturn:
        """Types are read as they are, not taken apart."""
        raise NotImplementedError(model_type)

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> NoReturn:
        """Types are read as they are, not taken apart."""
        raise NotImplementedError(field_definition)
