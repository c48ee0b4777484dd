// metrics/node: figures of the machine it runs on, and of its libvirt domains. See README.md.
#include <novascale.hpp>

#include <map>

#include "proc.hpp"
#include "query.hpp"
#ifdef NOVA_HAVE_LIBVIRT
#include "domains.hpp"
#endif

namespace nova::node {
namespace {

class Node {
 public:
  static constexpr auto id = "org.novacron.metrics.node";
  static constexpr auto name = "Node";
  static constexpr auto version = "1.0.0";
  static constexpr auto description =
      "Figures of this machine, from /proc, and of its libvirt domains";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "root": { "type": "string", "minLength": 1, "default": "/", "title": "Folder below which proc and sys lie; a host's, where this runs in a container" },
      "libvirt": { "type": "string", "minLength": 1, "title": "Connection URI, for the figures domain.*" }
    } })";

  explicit Node(Context context) : context_(context), root_(context.text("root")) {
    if (!root_.is_absolute())
      throw Error(NOVA_INVALID_ARGUMENT,
                  "/root: must be an absolute path, got " + context.text("root"));
#ifdef NOVA_HAVE_LIBVIRT
    if (context.has("libvirt")) {
      virt::Connection::Options options;
      options.uri = context.text("libvirt");
      options.read_only = true;
      libvirt_ = std::make_unique<virt::Connection>(std::move(options));
    }
#else
    if (context.has("libvirt"))
      throw Error(NOVA_UNIMPLEMENTED, "/libvirt: this library was built without libvirt");
#endif
  }

  void bind(const Call&, Binding& io) {
    io.each([&](std::size_t i) {
      bound_.erase(io.key(i));  // a row that fails must not go on answering what it replaced
      Query query(io.name(i), io.settings(i));
      if (query.figure().source == Source::domains && !context_.has("libvirt"))
        throw Error(NOVA_INVALID_ARGUMENT,
                    std::string(query.figure().name) + " needs \"libvirt\" in the plugin's config");
      bound_.insert_or_assign(io.key(i), std::move(query));
      io.set_status(i, NOVA_OK);
    });
  }
  void forget(const Call&, Keys keys) {
    for (const auto key : keys) bound_.erase(key);
  }

  // Each source is read once, whatever is asked of it.
  void latest(const Call& call, Latest& io) {
    struct Read {
      Samples samples;
      std::optional<Error> why;
      std::int64_t at_ns, monotonic_ns;
    };
    std::map<Source, Read> read;
    for (std::size_t i = 0; i < io.count(); ++i) {
      const auto at = bound_.find(io.key(i));
      if (at == bound_.end()) {
        io.fail(i, NOVA_NOT_FOUND, "no series is bound under key " + std::to_string(io.key(i)));
        continue;
      }
      const auto source = at->second.figure().source;
      const auto [entry, fresh] = read.try_emplace(source);
      auto& [samples, why, time, monotonic] = entry->second;
      if (fresh) {
        call.check();
        try {
          samples = samples_of(source);
        } catch (const Error& e) {
          why = e;
        }
        time = context_.now_ns(), monotonic = context_.monotonic_ns();
      }
      try {
        if (why) throw *why;
        const double value = at->second.answer(samples, monotonic);
        io.answer(i, value, std::isnan(value) ? NOVA_NONE : time);
      } catch (const Error& e) {
        io.fail(i, e.status(), e.what());
      }
    }
  }

  void list_series(const Call&, const Config& filter, SeriesList& out) {
    const auto prefix = filter.has("query") ? filter.text("query") : std::string();
    for (const auto& figure : figures()) {
      if (std::string_view(figure.name).substr(0, prefix.size()) != prefix) continue;
      if (figure.source == Source::domains && !context_.has("libvirt")) continue;
      SeriesInfo info;
      info.query = figure.name, info.unit = figure.unit, info.description = figure.description;
      out.add(std::move(info));  // a gauge: of counters the rate is told
    }
  }

 private:
  Samples samples_of(Source source) {
#ifdef NOVA_HAVE_LIBVIRT
    if (source == Source::domains) return read_domains(*libvirt_);
#endif
    return read_proc(source, root_);
  }

  Context context_;
  std::filesystem::path root_;
  std::map<std::uint64_t, Query> bound_;
#ifdef NOVA_HAVE_LIBVIRT
  std::unique_ptr<virt::Connection> libvirt_;
#endif
};

}  // namespace
}  // namespace nova::node

NOVA_PLUGIN("org.novacron.node", "NovaCron", "1.0.0", nova::metrics_component<nova::node::Node>)
