# Forecasts of R's forecast package in the scorer's form, with the CPU seconds each series took.
#   Rscript peers.R METHOD TRAIN.csv SEASONS(24,168) HORIZON EVERY OUT.csv
# Methods: snaive thetaf ets auto.arima stlf (STL of the first season and ARIMA), mstl (all seasons and ARIMA).
# EVERY: take each so many-th series (the slow methods). Prints "series seconds peak_mb".
suppressMessages(library(forecast))
words <- commandArgs(TRUE)
method <- words[1]
seasons <- as.numeric(strsplit(words[3], ",")[[1]])
h <- as.integer(words[4])
every <- as.integer(words[5])
lines <- readLines(words[2])
lines <- lines[seq(1, length(lines), by = every)]

answer <- function(y, first) switch(method,
  snaive = snaive(ts(y, frequency = first), h = h, level = c(80, 95)),
  thetaf = thetaf(ts(y, frequency = first), h = h, level = c(80, 95)),
  ets = forecast(ets(ts(y, frequency = first)), h = h, level = c(80, 95)),
  auto.arima = forecast(auto.arima(ts(y, frequency = first)), h = h, level = c(80, 95)),
  stlf = if (first > 1) stlf(ts(y, frequency = first), h = h, level = c(80, 95), method = "arima")
         else forecast(auto.arima(ts(y)), h = h, level = c(80, 95)),
  mstl = stlf(msts(y, seasonal.periods = seasons), h = h, level = c(80, 95), method = "arima"))

out <- file(words[6], "w")
writeLines("id,step,mean,lo80,hi80,lo95,hi95", out)
spent <- 0
for (line in lines) {
  cells <- strsplit(line, ",")[[1]]
  y <- as.numeric(cells[-1])
  first <- if (2 * seasons[1] <= length(y)) seasons[1] else 1
  before <- proc.time()
  f <- suppressWarnings(answer(y, first))
  after <- proc.time()
  spent <- spent + sum((after - before)[c("user.self", "sys.self")])
  writeLines(paste(cells[1], seq_len(h), as.numeric(f$mean), f$lower[, 1], f$upper[, 1], f$lower[, 2],
                   f$upper[, 2], sep = ","), out)
}
close(out)
peak <- as.numeric(sub("[^0-9]*([0-9]+) kB", "\\1", grep("^VmHWM", readLines("/proc/self/status"), value = TRUE))) / 1024
cat(length(lines), spent, peak, "\n")
