# shellcheck shell=bash
# Tables in Markdown on standard output, ready for README.md.

report_columns=() report_rows=() report_notes=()

# begin_table COLUMN...: a name that begins with "<" is a column of text, the others hold figures.
begin_table() {
    report_columns=("$@") report_rows=() report_notes=()
}

# add_row CELL...
add_row() {
    local cell text='|'
    for cell in "$@"; do text+=" $cell |"; done
    report_rows+=("$text")
}

add_note() {
    report_notes+=("$*")
}

# print_table TITLE
print_table() {
    local column head='|' line='|'
    for column in "${report_columns[@]}"; do
        head+=" ${column#<} |"
        if [[ $column == '<'* ]]; then line+=' --- |'; else line+=' ---: |'; fi
    done
    printf '\n### %s\n%s, %s cores (%s), load %s, gRPC in %s.\n\n%s\n%s\n' "$1" "$(date -u +%F)" "$(nproc)" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(cut -d' ' -f1 /proc/loadavg)" "${transport/tls/mutual TLS}" "$head" "$line"
    printf '%s\n' "${report_rows[@]}"
    ((${#report_notes[@]} == 0)) || printf '\n%s' "${report_notes[@]}"
    printf '\n'
}

# rounded DIGITS VALUE
rounded() {
    LC_ALL=C printf "%.$1f" "$2"
}

# quotient A B: A / B with two digits; nothing where B is not known.
quotient() {
    [[ -z $2 ]] || awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'
}

# field NAME JSON: one number of an answer.
field() {
    jq -r ".$1" <<<"$2"
}
