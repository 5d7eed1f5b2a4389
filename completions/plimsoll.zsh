#compdef plimsoll
# zsh completion for plimsoll, written by `plimsoll completion zsh`.
autoload -U +X bashcompinit && bashcompinit
# bash completion for plimsoll, written by `plimsoll completion bash`.
_plimsoll() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command="" words="" i
    for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
        [[ ${COMP_WORDS[i]} == -* ]] && break
        [[ $i == 2 && $command != ledger && "$command ${COMP_WORDS[i]}" != @(eval rate|eval import) ]] && break
        command="${command:+$command }${COMP_WORDS[i]}"
    done
    case "$command",$previous in
    "init",--template|"init",-t) words="classifier scorer regressor ranker llm hiring fraud chatbot" ;;
    "init",--color) words="auto always never" ;;
    "check",--format|"check",-f) words="text json" ;;
    "check",--color) words="auto always never" ;;
    "audit",--search-end) words="worse high low" ;;
    "audit",--interval) words="wilson exact" ;;
    "audit",--missing) words="judge list" ;;
    "audit",--format|"audit",-f) words="text json markdown" ;;
    "audit",--color) words="auto always never" ;;
    "eval",--format|"eval",-f) words="text json markdown junit sarif csv" ;;
    "eval",--color) words="auto always never" ;;
    "eval rate",--format|"eval rate",-f) words="text json" ;;
    "eval rate",--color) words="auto always never" ;;
    "eval import",--color) words="auto always never" ;;
    "gate",--format|"gate",-f) words="text json markdown junit" ;;
    "gate",--color) words="auto always never" ;;
    "report",--color) words="auto always never" ;;
    "threshold",--format|"threshold",-f) words="text json markdown" ;;
    "threshold",--color) words="auto always never" ;;
    "card",--format|"card",-f) words="ending markdown json yaml html" ;;
    "card",--audience|"card",-a) words="public auditor regulator" ;;
    "card",--pack|"card",-p) words="none ll144 annex-iv nist-rmf huggingface" ;;
    "card",--color) words="auto always never" ;;
    "serve",--color) words="auto always never" ;;
    "flag",--format|"flag",-f) words="text json" ;;
    "flag",--color) words="auto always never" ;;
    "flag show",--format|"flag show",-f) words="text json" ;;
    "flag show",--color) words="auto always never" ;;
    "flag off",--format|"flag off",-f) words="text json" ;;
    "flag off",--color) words="auto always never" ;;
    "flag on",--format|"flag on",-f) words="text json" ;;
    "flag on",--color) words="auto always never" ;;
    "flag share",--format|"flag share",-f) words="text json" ;;
    "flag share",--color) words="auto always never" ;;
    "flag stage",--format|"flag stage",-f) words="text json" ;;
    "flag stage",--color) words="auto always never" ;;
    "flag advance",--format|"flag advance",-f) words="text json" ;;
    "flag advance",--color) words="auto always never" ;;
    "flag slice",--format|"flag slice",-f) words="text json" ;;
    "flag slice",--color) words="auto always never" ;;
    "route fit",--procedure) words="sequence bonferroni conformal" ;;
    "route fit",--format|"route fit",-f) words="text json markdown" ;;
    "route fit",--color) words="auto always never" ;;
    "key make",--format|"key make",-f) words="text json" ;;
    "key make",--color) words="auto always never" ;;
    "key list",--format|"key list",-f) words="text json" ;;
    "key list",--color) words="auto always never" ;;
    "key revoke",--format|"key revoke",-f) words="text json" ;;
    "key revoke",--color) words="auto always never" ;;
    "import outcomes",--format|"import outcomes",-f) words="text json" ;;
    "import outcomes",--color) words="auto always never" ;;
    "sign",--as|"sign",-a) words="executive legal" ;;
    "sign",--color) words="auto always never" ;;
    "ledger verify",--format|"ledger verify",-f) words="text json" ;;
    "ledger verify",--color) words="auto always never" ;;
    "ledger show",--format|"ledger show",-f) words="text json" ;;
    "ledger show",--color) words="auto always never" ;;
    "ledger head",--format|"ledger head",-f) words="text json" ;;
    "ledger head",--color) words="auto always never" ;;
    "ledger load",--format|"ledger load",-f) words="text json" ;;
    "ledger load",--color) words="auto always never" ;;
    "measures",--format|"measures",-f) words="text json markdown" ;;
    "measures",--color) words="auto always never" ;;
    "help",--color) words="auto always never" ;;
    esac
    if [[ -n $words ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$word"))
        return
    fi
    case "$command" in
    "") words="init check audit eval gate report threshold card serve flag route key import sign ledger measures help --version --help --color" ;;
    "init") words=" --template --color --help" ;;
    "check") words=" --explain --schema --format --json --color --help" ;;
    "audit") words=" --label --score --prediction --threshold --task --positive --count --weight --group --query --rank --by --metrics --where --since --until --depth --strata --calibration --mix --confusion --fairness --reference --search --search-end --search-depth --search-top --search-time --confidence --interval --smallest --smallest-share --missing --seed --threads --format --json --color --help" ;;
    "eval") words=" --suite --filter --limit --resume --replay --no-cache --compare --format --json --threads --no-record --color --help rate import" ;;
    "eval rate") words=" --suite --run --rater --scorer --sample --seed --export --import --agreement --format --json --color --help" ;;
    "eval import") words=" --line --suite --output --where --input --expected --id --since --until --color --help" ;;
    "gate") words=" --format --json --slice --report --since --until --threads --no-record --color --help" ;;
    "report") words=" --output --slice --since --until --threads --color --help" ;;
    "threshold") words=" --keep --by --held-out --seed --false-positive --false-negative --format --json --threads --color --help" ;;
    "card") words=" --output --format --audience --pack --distributed --check --color --help" ;;
    "serve") words=" --color --help" ;;
    "flag") words=" --format --json --color --help show off on share stage advance slice" ;;
    "flag show") words=" --format --json --color --help" ;;
    "flag off") words=" --slice --why --who --force --format --json --color --help" ;;
    "flag on") words=" --slice --why --who --force --format --json --color --help" ;;
    "flag share") words=" --why --who --force --format --json --color --help" ;;
    "flag stage") words=" --why --who --force --format --json --color --help" ;;
    "flag advance") words=" --why --who --force --format --json --color --help" ;;
    "flag slice") words=" --why --who --force --format --json --color --help" ;;
    "route") words=" fit" ;;
    "route fit") words=" --quality --loss --confidence --procedure --calibration --held-out --fallback-worth --column --seed --output --format --json --color --help" ;;
    "key") words=" make list revoke" ;;
    "key make") words=" --name --scope --budget --token-budget --requests-per-minute --tokens-per-minute --expires --format --json --color --help" ;;
    "key list") words=" --format --json --color --help" ;;
    "key revoke") words=" --format --json --color --help" ;;
    "import") words=" outcomes" ;;
    "import outcomes") words=" --decision --outcome --early --format --json --color --help" ;;
    "sign") words=" --as --reason --name --since --until --color --help" ;;
    "ledger") words=" verify show head load" ;;
    "ledger verify") words=" --ledger --key --card --format --json --color --help" ;;
    "ledger show") words=" --ledger --key --kind --last --format --json --color --help" ;;
    "ledger head") words=" --ledger --format --json --color --help" ;;
    "ledger load") words=" --rebuild --wait --format --json --color --help" ;;
    "measures") words=" --format --json --color --help" ;;
    "help") words=" --color --help" ;;
    esac
    if [[ $word == -* || -z $command || $command == ledger ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}
complete -o filenames -o bashdefault -F _plimsoll plimsoll
