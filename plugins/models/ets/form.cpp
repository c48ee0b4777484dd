#include "plugins/models/ets/form.hpp"

namespace nova::ets {

std::string Form::name() const {
  std::string text = relative_error ? "M" : "A";
  text += trend == Trend::none ? "N" : trend == Trend::additive ? "A" : "Ad";
  text += season == Season::none ? "N" : season == Season::additive ? "A" : "M";
  return text;
}

std::optional<Form> Form::parse(std::string_view name) {
  for (const bool relative : {false, true})
    for (const auto trend : {Trend::none, Trend::additive, Trend::damped})
      for (const auto season : {Season::none, Season::additive, Season::multiplicative})
        if (const Form form{relative, trend, season}; form.name() == name)
          if (relative || season != Season::multiplicative) return form;
  return std::nullopt;
}

std::string Spec::name() const {
  std::string text = (log ? "log " : "") + form.name();
  if (seasons[0] != 0) text += "[" + std::to_string(seasons[0]);
  if (seasons[1] != 0) text += "," + std::to_string(seasons[1]);
  if (seasons[0] != 0) text += "]";
  return text + (carry ? " with AR(1) errors" : "");
}

}  // namespace nova::ets
