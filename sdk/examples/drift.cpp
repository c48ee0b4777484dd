#include <novascale.hpp>

// Straight line through the first and the last point of the window.
struct Drift {
   static constexpr auto id = "com.example.drift", name = "Drift", version = "1.0.0";
   static constexpr auto schema = R"({"type":"object","properties":{"damping":{"type":"number","default":1}}})";

   explicit Drift(nova::Context ctx) : damping(ctx.number("damping")) {}

   void forecast(const nova_call &, nova::Forecast &io) {
      const auto y = io.history();
      if (y.points() < 2) throw nova::Error(NOVA_INVALID_ARGUMENT, "drift needs two points");
      for (std::size_t s = 0; s < y.count(); ++s) {
         const double last  = y.at(s, y.points() - 1);
         const double slope = damping * (last - y.at(s, 0)) / double(y.points() - 1);
         for (std::size_t h = 0; h < io.leads(); ++h) {
            io.mean(s, h) = last + slope * double(io.lead(h));
            for (std::size_t q = 0; q < io.levels().size(); ++q) io.quantile(s, q, h) = io.mean(s, h);
         }
         io.ok(s);
      }
   }
   double damping;
};

NOVA_PLUGIN("com.example.drift", "Example", "1.0.0", nova::model_component<Drift>)
