# Builds the C program of one exercise: the solution, the stub, or what a student has made of it. harness/learn/build.ts calls
# it; by hand: make -f harness/learn/exercise.mk SOURCE=exercises/01-tcp-echo/c OUT=build/by-hand
#
# FLAVOUR=sanitize (ASan and UBSan) or release. STRICT=1 warns of more, and makes a warning an error: for what the authors write. UNFINISHED=1
# says nothing of names that nobody uses yet: for what a student is still writing. COLOR=always for a terminal.

CC = cc
FLAVOUR = sanitize
COLOR = auto

SANITIZED = -fsanitize=address,undefined -fno-sanitize-recover=all
sanitize_CFLAGS = -O1 -g -fno-omit-frame-pointer $(SANITIZED)
release_CFLAGS = -O2 -g

LANGUAGE = -std=c11 -D_GNU_SOURCE -pthread
WARNINGS = -Wall -Wextra -fdiagnostics-color=$(COLOR)
NOT_YET_USED = $(patsubst %,-Wno-unused-%,function parameter variable but-set-variable const-variable label)
CFLAGS = $(LANGUAGE) $(WARNINGS) $($(FLAVOUR)_CFLAGS)
STRICTLY = -Wconversion -Wshadow -Werror
OWN_CFLAGS = $(if $(UNFINISHED),$(NOT_YET_USED)) $(if $(STRICT),$(STRICTLY))

# Beside the folder of the exercise.
GIVEN = $(dir $(patsubst %/,%,$(dir $(SOURCE))))given/c
GIVEN_OBJECTS = $(patsubst $(GIVEN)/%.c,$(OUT)/given-$(FLAVOUR)/%.o,$(wildcard $(GIVEN)/*.c))

# Always compiled anew: a warning that is shown once only is soon forgotten.
.PHONY: server
server: $(GIVEN_OBJECTS)
	@$(CC) $(CFLAGS) $(OWN_CFLAGS) -o $(OUT)/server.unfinished $(wildcard $(SOURCE)/*.c) $^
	@mv $(OUT)/server.unfinished $(OUT)/server

$(OUT)/given-$(FLAVOUR)/%.o: $(GIVEN)/%.c $(wildcard $(GIVEN)/*.h) $(firstword $(MAKEFILE_LIST))
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(STRICTLY) -c -o $@ $<
