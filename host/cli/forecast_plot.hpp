// Forecasts as one HTML page that needs nothing else: host/cli/forecast_page.html with its data.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <memory>

#include "host/cli/forecast_write.hpp"

namespace nova::cli {

// Of thousands of series the first ones are on the page, as many as a browser shows with ease; the
// page says so. `source` is the name of the file they came from.
std::unique_ptr<ForecastWriter> plot_writer(std::ostream& out, const Report& report,
                                            const std::filesystem::path& source);

}  // namespace nova::cli
