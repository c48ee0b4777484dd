// The parts that the config schemas of the clouds are put together from; the host validates by
// them. Literals, because a component's schema is one text known at build time.
#pragma once

#define NOVA_CLOUD_SCHEMA(more)                                                                                                                                     \
  R"({"type": "object", "additionalProperties": false, "properties": {)"                                                                                            \
  R"("regions": {"type": "array", "items": {"type": "string", "minLength": 1}, "title": "Regions to offer; absent: all"},)"                                         \
  R"("types": {"type": "array", "items": {"type": "string", "minLength": 1}, "title": "Machine types to offer, as shell patterns such as m5.*; absent: all"})" more \
  "}}"

#define NOVA_CLOUD_COMMITMENTS                                                                          \
  R"(,"commitments": {"type": "array", "title": "What the account is committed to", "items": {)"        \
  R"("type": "object", "additionalProperties": false, "required": ["offer", "start"], "properties": {)" \
  R"("id": {"type": "string", "minLength": 1},)"                                                        \
  R"("offer": {"type": "string", "minLength": 1, "title": "Id of a reserved or savings-plan offer"},)"  \
  R"("machines": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 1},)"                 \
  R"("start": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "title": "First day of the term"}}}})"
