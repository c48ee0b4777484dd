// From an author's class to a nova_component: birth, death, describe, bind, forget, extensions.
//
// A class becomes a component by what it has; what it lacks is null in the tables:
//   static constexpr  id, name, version, schema; optional: description, flags (NOVA_COMPONENT_...)
//   T(nova::Context) or T()
//   nova::Json capabilities() const       what describe() says beside the effective config
//   void bind(nova::Call, nova::Binding&), void forget(nova::Call, nova::Keys)
//   const void* get_extension(const char* id)
// Any method may return nova_status instead of void. A method of the right name with other
// arguments is a compile error, so that a misspelt signature cannot silently drop a function.
#pragma once

#include <novascale/plugin.h>

#include <novascale/call.hpp>
#include <novascale/context.hpp>

#include <memory>

// has_NAME<T>(): T has a method NAME that can be called with ARGS, given the parameters PARAMS.
// False when there is no such name; a compile error when the name is there but cannot be called so.
#define NOVA_SDK_DETECT(NAME, PARAMS, ARGS)                                           \
  template <class T>                                                                  \
  consteval bool has_##NAME() {                                                       \
    constexpr bool callable = requires PARAMS { t.NAME ARGS; };                       \
    static_assert(                                                                    \
        callable || !requires { &T::NAME; },                                          \
        "the component has a method " #NAME ", but not with the arguments " #PARAMS); \
    return callable;                                                                  \
  }

namespace nova {
inline namespace sdk_v1 {

// What an instance shall serve from now on; the same key again replaces.
class Binding : public detail::Items {
 public:
  Binding(Call call, const nova_binding& io)
      : Items(call, detail::field(io, &nova_binding::count),
              detail::field(io, &nova_binding::item_status)),
        keys_(detail::field(io, &nova_binding::keys)),
        name_(detail::field(io, &nova_binding::name), count()),
        tenant_(detail::field(io, &nova_binding::tenant), count()),
        settings_(detail::field(io, &nova_binding::settings_json), count()) {}

  std::uint64_t key(std::size_t i) const noexcept { return detail::at_or(keys_, i, i); }
  std::string_view name(std::size_t i) const noexcept { return name_[i]; }
  std::string_view tenant(std::size_t i) const noexcept { return tenant_[i]; }
  std::string_view settings_json(std::size_t i) const noexcept { return settings_[i]; }
  Config settings(std::size_t i, std::string_view schema = {}) const {
    return Config(settings_[i], schema);
  }
  // Runs bind_one(i) for every row; a throw becomes that row's status and note.
  template <class BindOne>
  void each(BindOne&& bind_one) const {
    for (std::size_t i = 0; i < count(); ++i) {
      try {
        bind_one(i);
      } catch (...) {
        detail::describe_current_exception(
            [&](nova_status status, const char* text, const Error*) { fail(i, status, text); });
      }
    }
  }

 private:
  const std::uint64_t* keys_;
  Strings name_, tenant_, settings_;
};

namespace detail {

NOVA_SDK_DETECT(capabilities, (T & t), ())
NOVA_SDK_DETECT(describe, (T & t, const Call& call, Writer& json), (call, json))
NOVA_SDK_DETECT(bind, (T & t, const Call& call, Binding& io), (call, io))
NOVA_SDK_DETECT(forget, (T & t, const Call& call, Keys keys), (call, keys))
NOVA_SDK_DETECT(get_extension, (T & t, const char* id), (id))

template <class T>
struct Instance {
  Context context;
  T object;
  static T make(const Context& context) {
    if constexpr (std::is_constructible_v<T, Context>)
      return T(context);
    else
      return T();
  }
  explicit Instance(const Context& c) : context(c), object(make(c)) {}
};

// void or nova_status, as the author's method says.
template <class Method>
nova_status answer(Method&& method) {
  if constexpr (std::is_void_v<decltype(method())>) {
    method();
    return NOVA_OK;
  } else {
    return method();
  }
}

template <class T>
T& self(nova_instance* instance) {
  if (instance == nullptr) throw Error(NOVA_INVALID_ARGUMENT, "null instance");
  return reinterpret_cast<Instance<T>*>(instance)->object;
}

template <class T>
constexpr const char* description_of() {
  if constexpr (requires { T::description; })
    return T::description;
  else
    return "";
}
template <class T>
constexpr const char* schema_of() {
  if constexpr (requires { T::schema; })
    return T::schema;
  else
    return R"({"type":"object","additionalProperties":false,"properties":{}})";
}
template <class T>
constexpr std::uint32_t flags_of() {
  if constexpr (requires { T::flags; })
    return T::flags;
  else
    return 0;
}

template <class T>
struct ComponentThunks {
  static nova_status create(const nova_component*, const nova_call* c, const nova_host* host,
                            nova_str config, nova_instance** out, nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      if (out == nullptr || host == nullptr) throw Error(NOVA_INVALID_ARGUMENT, "null argument");
      *out = nullptr;
      refuse_unknown_flags(host);
      call.check();
      const Context context(host, Config(view(config), schema_of<T>()));
      *out = reinterpret_cast<nova_instance*>(new Instance<T>(context));
    });
  }
  static void destroy(nova_instance* instance) noexcept {
    try {
      delete reinterpret_cast<Instance<T>*>(instance);
    } catch (...) {
      // A destructor that throws has lost its object either way; the host must not.
    }
  }
  static nova_status describe(nova_instance* instance, const nova_call* c, const nova_writer* json,
                              nova_error* err) noexcept {
    return guard(err, [&]() -> nova_status {
      const Call call = enter(c);
      T& object = self<T>(instance);
      Writer writer(json);
      if constexpr (has_describe<T>()) {
        return answer([&] { return object.describe(call, writer); });
      } else {
        Json out = Json::object();
        out["config"] = reinterpret_cast<Instance<T>*>(instance)->context.config().effective();
        if constexpr (has_capabilities<T>()) out["capabilities"] = object.capabilities();
        writer.write(out.dump(-1, ' ', false, Json::error_handler_t::replace));
        return NOVA_OK;
      }
    });
  }
  static nova_status bind(nova_instance* instance, const nova_call* c, const nova_binding* io,
                          nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Binding binding(call, *io);
      return answer([&] { return self<T>(instance).bind(call, binding); });
    });
  }
  static nova_status forget(nova_instance* instance, const nova_call* c, const std::uint64_t* keys,
                            std::uint64_t n, nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      if (keys == nullptr && n != 0) throw Error(NOVA_INVALID_ARGUMENT, "null keys");
      static constexpr std::uint64_t kNoKeys = 0;  // here, unlike in save, no list is not "all"
      return answer([&] {
        return self<T>(instance).forget(call, Keys(keys == nullptr ? &kNoKeys : keys, n));
      });
    });
  }
};

// The component of class T for an interface; get_extension is the kind's or the author's own.
template <class T>
constexpr nova_component make_component(const char* interface_id, const void* ops,
                                        const void* (*get_extension)(nova_instance*, const char*)) {
  using Thunks = ComponentThunks<T>;
  nova_component c{};
  c.struct_size = sizeof c;
  c.flags = flags_of<T>();
  c.interface_id = interface_id;
  c.id = T::id;
  c.name = T::name;
  c.version = T::version;
  c.description = description_of<T>();
  c.config_schema = schema_of<T>();
  c.ops = ops;
  c.create = &Thunks::create;
  c.destroy = &Thunks::destroy;
  c.describe = &Thunks::describe;
  if constexpr (has_bind<T>()) c.bind = &Thunks::bind;
  if constexpr (has_forget<T>()) c.forget = &Thunks::forget;
  c.get_extension = get_extension;
  return c;
}

template <class T>
const void* author_extension(nova_instance* instance, const char* id) noexcept {
  try {
    return self<T>(instance).get_extension(id);
  } catch (...) {
    return nullptr;
  }
}
template <class T>
constexpr auto extension_of() -> const void* (*)(nova_instance*, const char*) {
  if constexpr (has_get_extension<T>())
    return &author_extension<T>;
  else
    return nullptr;
}

}  // namespace detail
}  // namespace sdk_v1
}  // namespace nova
