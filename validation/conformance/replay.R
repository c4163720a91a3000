# Evaluate recorded calls and print every number of their results, one quantity a line:
#   file <TAB> case <TAB> quantity <TAB> numbers, a matrix row by row
# run.py writes what follows this file: for each reference file begin(), its data, and one replay() a case.

suppressMessages({library(metafor); library(metadat)})
options(warn = -1)
pdf(NULL)
cat("version\t", as.character(packageVersion("metafor")), "\n", sep = "")

known <- NULL  # the data of the file at hand

begin <- function(name) {
  message(format(Sys.time(), "%H:%M:%S "), name)
  known <<- new.env(parent = globalenv())
  known$.file <- name
  known$tight <- list(threshold = 1e-13, maxiter = 1e5, tol = 1e-13)
  known$tightc <- list(tol = 1e-13)
}

# The fits that the calls of uni_ and mods_ files name; NULL where this version of metafor has none.
fits <- function(formula = ~ 1) {
  fit <- function(..., mods = formula) {
    tryCatch(
      rma(known$yi, known$vi, mods = mods, data = known$d, control = known$tight, ...),
      error = function(e) NULL
    )
  }
  known$k <- length(known$yi)
  known$fm <- formula
  for (name in c("ee", "dl", "pm", "ml")) known[[name]] <- fit(method = toupper(name))
  known$res <- fit()
  known$resk <- fit(test = "knha")
  known$ml0 <- fit(method = "ML", mods = ~ 1)
  known$genq1 <- fit(method = "GENQ", weights = 1 / known$vi)
  known$genq2 <- fit(method = "GENQ", weights = 1 / sqrt(known$vi))
}

replay <- function(case, call) {
  refusal <- function(e) structure(conditionMessage(e), class = "refusal")
  result <- tryCatch(eval(parse(text = call), known), error = refusal)
  if (inherits(result, "refusal")) say(case, "error", gsub("[\r\n\t]+", " ", result))
  else walk(result, "", case)
}

say <- function(case, quantity, text) cat(known$.file, "\t", case, "\t", quantity, "\t", text, "\n", sep = "")

walk <- function(x, path, case) {
  x <- unclass(x)
  if (is.list(x)) {
    for (i in seq_along(x)) {
      part <- x[[i]]
      if (!is.function(part) && !is.language(part)) walk(part, paste(path, names(x)[i], sep = "."), case)
    }
  } else if (is.numeric(x) || is.logical(x)) {
    if (is.matrix(x)) x <- t(x)
    say(case, path, paste(sprintf("%.17g", as.numeric(x)), collapse = " "))
  }
}
